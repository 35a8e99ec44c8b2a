"""The operations of senders: routes read bodies as they come, so they are a table of their own."""

from __future__ import annotations

from core.auth import Action
from server.api import delivering, models, models_delivering as shapes
from server.api.notices import STORES
from server.api.operations import Operation
from server.api.pushing import PUSHING

_BYTES = ("application/octet-stream",)
_PACKAGE = ("multipart/form-data",)

DELIVERING: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/feeds/{feed_id}/files/{path}",
        name="readFile",
        summary="A file of the feed, or what a folder holds; acknowledgements lie in "
        "`acknowledgements/`",
        handler=delivering.read_file,
        action=Action.DELIVER,
        answer=shapes.Listing,
        errors=(400, 404),
        tags=("delivering",),
    ),
    Operation(
        method="PUT",
        path="/feeds/{feed_id}/files/{path}",
        name="putFile",
        summary="Deliver one file, whole; Content-Digest, Repr-Digest and Content-MD5 are checked",
        handler=delivering.put_file,
        action=Action.DELIVER,
        accepts=_BYTES,
        answer=shapes.Received,
        status=201,
        errors=(400, 404, 409, 415, 423, 503, 507),
        tags=("delivering",),
    ),
    Operation(
        method="DELETE",
        path="/feeds/{feed_id}/files/{path}",
        name="removeFile",
        summary="Remove a file, or an empty folder",
        handler=delivering.remove_file,
        action=Action.DELIVER,
        status=204,
        errors=(400, 404, 409, 423),
        tags=("delivering",),
    ),
    Operation(
        method="POST",
        path="/feeds/{feed_id}/uploads",
        name="createUpload",
        summary="Begin a resumable upload (tus 1.0): Upload-Length, Upload-Metadata with `path`",
        handler=delivering.create_upload,
        action=Action.DELIVER,
        status=201,
        errors=(400, 404, 409, 412, 423, 507),
        tags=("delivering",),
    ),
    Operation(
        method="HEAD",
        path="/feeds/{feed_id}/uploads/{upload_id}",
        name="readUpload",
        summary="How far a resumable upload is: Upload-Offset, Upload-Length, Upload-Expires",
        handler=delivering.read_upload,
        action=Action.DELIVER,
        status=200,
        errors=(404, 410, 412),
        tags=("delivering",),
    ),
    Operation(
        method="PATCH",
        path="/feeds/{feed_id}/uploads/{upload_id}",
        name="continueUpload",
        summary="The next bytes from Upload-Offset on; Upload-Checksum is checked. With the last "
        "byte the file is delivered",
        handler=delivering.continue_upload,
        action=Action.DELIVER,
        accepts=("application/offset+octet-stream",),
        status=204,
        errors=(400, 404, 409, 410, 412, 415, 423, 460, 503, 507),
        tags=("delivering",),
    ),
    Operation(
        method="DELETE",
        path="/feeds/{feed_id}/uploads/{upload_id}",
        name="removeUpload",
        summary="Give a resumable upload up",
        handler=delivering.remove_upload,
        action=Action.DELIVER,
        status=204,
        errors=(404, 410, 412, 423),
        tags=("delivering",),
    ),
    Operation(
        method="POST",
        path="/deliveries",
        name="deliverPackage",
        summary="A whole delivery in one request: a part `message`, parts `file` whose filenames "
        "are their paths in the message. With an Idempotency-Key it is safe to repeat",
        handler=delivering.deliver_package,
        action=Action.DELIVER,
        accepts=_PACKAGE,
        answer=models.Delivery,
        status=202,
        errors=(400, 409, 415, 423, 503, 507),
        tags=("delivering",),
    ),
    Operation(
        method="POST",
        path="/deliveries/validate",
        name="validatePackage",
        summary="What `segue validate` would say of a message or package; keeps nothing",
        handler=delivering.validate_package,
        action=Action.DELIVER,
        accepts=("application/xml", *_PACKAGE),
        answer=shapes.Verdict,
        errors=(400, 415, 423, 503, 507),
        tags=("delivering",),
    ),
    *STORES,
    *PUSHING,
)
