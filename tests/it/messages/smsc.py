"""An SMS centre that is not ours: smpp.twisted3. Tells what it hears as lines of JSON; behaves as its argument says.

normal      takes every part and sends a receipt of it
early       the same, but the receipt comes before the answer
throttle    refuses the first two with ESME_RTHROTTLED
refuse      refuses every one with ESME_RINVDSTADR
drop        hangs up on the second, without an answer, once; the receipt of that one names only our reference
silent      answers none
garbage     sends what is no PDU in answer to the first
"""

import json
import sys

from smpp.pdu import operations, pdu_types
from smpp.twisted.config import SMPPServerConfig
from smpp.twisted.protocol import DataHandlerResponse
from smpp.twisted.server import SMPPServerFactory
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import defer, reactor
from zope.interface import implementer

HOW = sys.argv[1]
# the library prints; its words go where nobody reads them
out, sys.stdout = sys.stdout, sys.stderr
seen = 0
lost = None


def tell(**what):
    print(json.dumps(what), file=out, flush=True)


@implementer(IRealm)
class Realm:
    def requestAvatar(self, avatar, mind, *interfaces):
        return ("SMPP", avatar, lambda: None)


def receipt(smpp, id, pdu, **more):
    text = f"id:{id} sub:001 dlvrd:001 submit date:2611231000 done date:2611231001 stat:DELIVRD err:000 text:"
    delivered = operations.DeliverSM(
        source_addr=pdu.params["destination_addr"],
        destination_addr=pdu.params["source_addr"],
        esm_class=pdu_types.EsmClass(pdu_types.EsmClassMode.DEFAULT, pdu_types.EsmClassType.SMSC_DELIVERY_RECEIPT),
        short_message=text.encode(),
        **more,
    )
    answered = smpp.sendDataRequest(delivered)
    answered.addCallback(lambda result: tell(receipted=result.response.status.name))
    answered.addErrback(lambda failure: tell(receipt_failed=failure.type.__name__))


def heard(system_id, smpp, pdu):
    global seen, lost
    seen += 1
    params = pdu.params
    esm = params["esm_class"]
    tell(
        to=params["destination_addr"].decode(),
        to_ton=params["dest_addr_ton"].name,
        sender=params["source_addr"].decode(),
        mode=esm.mode.name,
        type=esm.type.name,
        features=sorted(feature.name for feature in esm.gsmFeatures),
        coding=str(params["data_coding"].schemeData.name),
        receipt=params["registered_delivery"].receipt.name,
        validity=str(params["validity_period"]),
        reference=params.get("user_message_reference"),
        octets=params["short_message"].hex(),
    )
    id = f"id-{seen}"
    if lost is not None:
        # the first that comes over the new session brings the receipt of what the old one lost
        receipt(smpp, "id-lost", lost, user_message_reference=lost.params["user_message_reference"])
        lost = None
    if HOW == "throttle" and seen <= 2:
        return pdu_types.CommandStatus.ESME_RTHROTTLED
    if HOW == "refuse":
        return pdu_types.CommandStatus.ESME_RINVDSTADR
    if HOW == "silent":
        return defer.Deferred()
    if HOW == "garbage" and seen == 1:
        smpp.transport.write(b"\x00\x00\x00\x03HTTP/1.1 400 Bad Request\r\n\r\n")
        return defer.Deferred()
    if HOW == "drop" and seen == 2:
        lost = pdu
        smpp.transport.abortConnection()
        return defer.Deferred()
    if HOW == "early":
        receipt(smpp, id, pdu)
        later = defer.Deferred()
        reactor.callLater(0.2, later.callback, DataHandlerResponse(pdu_types.CommandStatus.ESME_ROK, message_id=id))
        return later
    reactor.callLater(0.05, receipt, smpp, id, pdu)
    return DataHandlerResponse(pdu_types.CommandStatus.ESME_ROK, message_id=id)


class Users(InMemoryUsernamePasswordDatabaseDontUse):
    def requestAvatarId(self, credentials):
        tell(asked=credentials.username.decode() if isinstance(credentials.username, bytes) else credentials.username)
        return super().requestAvatarId(credentials)


users = Users()
users.addUser("dauys", "secret")
portal = Portal(Realm())
portal.registerChecker(users)
config = SMPPServerConfig(msgHandler=heard, systems={"dauys": {"max_bindings": 2}})
port = reactor.listenTCP(0, SMPPServerFactory(config, auth_portal=portal), interface="127.0.0.1")
tell(port=port.getHost().port)
# whoever started it holds its standard input: it ends with him
reactor.callInThread(lambda: (sys.stdin.read(), reactor.callFromThread(reactor.stop)))
reactor.run(installSignalHandlers=False)
