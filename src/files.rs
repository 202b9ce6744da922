//! Whole files of a bounded length.
//!
//! The bound is held while a file is read: what a file system says of the length of a pipe, of a device or of a file that still grows is none.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// A whole file.
///
/// # Errors
/// When it cannot be read, or is longer: then of the kind [`ErrorKind::FileTooLarge`].
pub fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > bytes_max {
        true => Err(io::Error::new(ErrorKind::FileTooLarge, format!("expected at most {bytes_max} bytes"))),
        false => Ok(bytes),
    }
}

/// A whole text.
///
/// # Errors
/// As [`read`]; of the kind [`ErrorKind::InvalidData`] when it is not UTF-8.
pub fn read_text(path: &Path, bytes_max: u64) -> io::Result<String> {
    let unreadable =
        |why: std::string::FromUtf8Error| io::Error::new(ErrorKind::InvalidData, format!("expected UTF-8: {}", why.utf8_error()));
    String::from_utf8(read(path, bytes_max)?).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        assert_eq!(read(Path::new("/dev/zero"), 1000).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read(Path::new("/dev/null"), 0).unwrap(), Vec::<u8>::new());
    }

    #[test]
    fn a_bound_is_the_most_that_there_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "қала").unwrap();
        assert_eq!(read_text(&file, 8).unwrap(), "қала");
        assert_eq!(read_text(&file, 7).unwrap_err().to_string(), "expected at most 7 bytes");
        std::fs::write(&file, [0xff]).unwrap();
        assert_eq!(read_text(&file, 7).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
