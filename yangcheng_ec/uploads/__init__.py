"""Files that people send: judged by content, named safely, scanned, kept with their fingerprint, handed out (ADR 0013).

``taking`` bounds what a request may bring, ``checking`` judges one file, ``scanning`` asks clamd, ``storing`` keeps
it, ``serving`` hands it out. The apps keep the rows; here nothing is known of who may see what.
"""

from yangcheng_ec.uploads.checking import Checked, Upload, UploadRefused, upload_check, upload_limit
from yangcheng_ec.uploads.kinds import EVERY_KIND, FileKind
from yangcheng_ec.uploads.names import name_clean
from yangcheng_ec.uploads.scanning import ScanState, scan
from yangcheng_ec.uploads.serving import download
from yangcheng_ec.uploads.storing import Fault, Staged, Store
from yangcheng_ec.uploads.taking import cap_upload, files_of, takes_uploads

__all__ = [
    "EVERY_KIND",
    "Checked",
    "Fault",
    "FileKind",
    "ScanState",
    "Staged",
    "Store",
    "Upload",
    "UploadRefused",
    "cap_upload",
    "download",
    "files_of",
    "name_clean",
    "scan",
    "takes_uploads",
    "upload_check",
    "upload_limit",
]
