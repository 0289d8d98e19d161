"""Calls App Mesh through boto3 for the tests: a line {"operation", "input"} in, a line {"answer"} or {"error"} out."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

client = boto3.Session(profile_name=sys.argv[1]).client("appmesh")
methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}


def call(operation, parameters):
    try:
        answer = getattr(client, methods[operation])(**parameters)
        answer.pop("ResponseMetadata")
        return {"answer": answer}
    except ClientError as error:
        # An exception of the model is an instance of the class the client has under its name.
        own = getattr(client.exceptions, error.response["Error"]["Code"])
        name = own.__name__ if isinstance(error, own) else "ClientError"
        return {"error": {"name": name, "message": error.response["Error"]["Message"]}}


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(call(request["operation"], request["input"]), default=str), flush=True)
