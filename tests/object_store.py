"""A store that speaks S3's protocol, as a process: moto's server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from botocore.exceptions import ConnectionError as NotThereYet

from tests.processes.installation import free_port, wait_for

BUCKET = "anyroom-files"


class Store:
    def __init__(self, port: int) -> None:
        self.url = f"s3+http://KEY:SECRET%2B@127.0.0.1:{port}/{BUCKET}?region=eu-central-1"
        self.client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id="KEY",
            aws_secret_access_key="SECRET+",
            region_name="eu-central-1",
        )

    def names(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [one["Key"] for one in listed]

    def answers(self) -> bool:
        try:
            self.client.create_bucket(
                Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
            )
        except NotThereYet:
            return False
        return True


@contextmanager
def running() -> Iterator[Store]:
    port = free_port()
    server = "import sys; from moto.server import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", server, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        store = Store(port)
        wait_for("the store", store.answers, 60)
        yield store
    finally:
        process.terminate()
        process.wait(10)
