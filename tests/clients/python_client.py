"""usage: python_client.py HTTP_HOST:PORT GRPC_HOST:PORT DESCRIPTORS

DESCRIPTORS is a file with a google.protobuf.FileDescriptorSet: the messages are made from it at run time.
"""

import gzip
import http.client
import json
import struct
import sys
import threading
import zlib

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

http_address, grpc_address, descriptors = sys.argv[1:4]
pool = descriptor_pool.DescriptorPool()
with open(descriptors, "rb") as file:
    for each in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        pool.Add(each)


def message(name):
    descriptor = pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


channel = grpc.insecure_channel(grpc_address)


def unary(method, request, timeout=20, service="inference.GRPCInferenceService", **options):
    found = pool.FindServiceByName(service).FindMethodByName(method)
    return channel.unary_unary(
        f"/{service}/{method}",
        request_serializer=lambda m: m.SerializeToString(),
        response_deserializer=message(found.output_type.full_name).FromString,
    )(request, timeout=timeout, **options)


def make(kind, **fields):
    return message("inference." + kind)(**fields)


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def fails(code, text, action):
    try:
        action()
    except grpc.RpcError as error:
        check(error.code() == code and text in error.details(), f"{error.code()} {error.details()} for {code} {text}")
        return
    check(False, f"no error where {code} {text} was expected")


def simple(first, second, model="simple", **fields):
    request = make("ModelInferRequest", model_name=model, **fields)
    for name in ("INPUT0", "INPUT1"):
        request.inputs.add(name=name, datatype="INT32", shape=[1, 16])
    request.raw_input_contents.extend([struct.pack("<16i", *[first] * 16), struct.pack("<16i", *[second] * 16)])
    return request


def sums(answer):
    return list(struct.unpack("<16i", answer.raw_output_contents[0]))


def endless():
    request = make("ModelInferRequest", model_name="endless")
    request.inputs.add(name="x", datatype="FP32", shape=[1, 2])
    request.raw_input_contents.append(bytes(8))
    return request


def check_grpc():
    check(unary("ServerLive", make("ServerLiveRequest")).live, "live")
    check(unary("ServerReady", make("ServerReadyRequest")).ready, "ready")
    check(unary("ModelReady", make("ModelReadyRequest", name="simple")).ready, "model ready")
    check("statistics" in unary("ServerMetadata", make("ServerMetadataRequest")).extensions, "extensions")
    check(unary("ModelMetadata", make("ModelMetadataRequest", name="simple")).inputs[0].shape == [-1, 16], "metadata")
    config = unary("ModelConfig", make("ModelConfigRequest", name="simple")).config
    check((config.name, config.backend, list(config.input[0].dims)) == ("simple", "onnxruntime", [16]), "config")
    check(len(unary("RepositoryIndex", make("RepositoryIndexRequest")).models) >= 3, "index")
    health = message("grpc.health.v1.HealthCheckRequest")
    check(unary("Check", health(), service="grpc.health.v1.Health").status == 1, "health")

    check(sums(unary("ModelInfer", simple(1, 2))) == [3] * 16, "infer")
    check(sums(unary("ModelInfer", simple(4, 5), compression=grpc.Compression.Gzip)) == [9] * 16, "gzip")
    check(sums(unary("ModelInfer", simple(4, 5), compression=grpc.Compression.Deflate)) == [9] * 16, "deflate")
    texts = make("ModelInferRequest", model_name="texts")
    texts.inputs.add(name="x", datatype="BYTES", shape=[2]).contents.bytes_contents.extend([b"a\x00b", b""])
    check(unary("ModelInfer", texts).raw_output_contents[0] == b"\x03\x00\x00\x00a\x00b\x00\x00\x00\x00", "texts")
    check(unary("ModelStatistics", make("ModelStatisticsRequest", name="simple")).model_stats[0].inference_count >= 3, "statistics")

    fails(grpc.StatusCode.NOT_FOUND, "Request for unknown model", lambda: unary("ModelInfer", simple(1, 2, model="none")))
    fails(
        grpc.StatusCode.INVALID_ARGUMENT,
        "missing required input(s) ['INPUT0','INPUT1']",
        lambda: unary("ModelInfer", make("ModelInferRequest", model_name="simple")),
    )
    fails(
        grpc.StatusCode.UNAVAILABLE,
        "explicit model load / unload is not allowed",
        lambda: unary("RepositoryModelLoad", make("RepositoryModelLoadRequest", repository_name="simple")),
    )
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, "", lambda: unary("ModelInfer", endless(), timeout=0.3))
    running = channel.unary_unary(
        "/inference.GRPCInferenceService/ModelInfer", request_serializer=lambda m: m.SerializeToString()
    ).future(endless())
    threading.Timer(0.1, running.cancel).start()
    try:
        running.result()
        check(False, "a cancelled call has a result")
    except grpc.FutureCancelledError:
        pass

    stream = channel.stream_stream(
        "/inference.GRPCInferenceService/ModelStreamInfer",
        request_serializer=lambda m: m.SerializeToString(),
        response_deserializer=message("inference.ModelStreamInferResponse").FromString,
    )
    answers = list(stream(iter([simple(1, 1), simple(0, 0, model="none", id="lost"), simple(2, 2)]), timeout=20))
    check([bool(answer.error_message) for answer in answers] == [False, True, False], "stream")
    check(answers[1].infer_response.id == "lost" and sums(answers[2].infer_response) == [4] * 16, "stream")


def post(path, body, headers=None):
    connection = http.client.HTTPConnection(http_address, timeout=20)
    connection.request("POST", path, body, headers or {})
    response = connection.getresponse()
    result = response.status, response.headers, response.read()
    connection.close()
    return result


def get(path):
    connection = http.client.HTTPConnection(http_address, timeout=20)
    connection.request("GET", path)
    response = connection.getresponse()
    result = response.status, json.loads(response.read())
    connection.close()
    return result


LENGTH = "Inference-Header-Content-Length"


def json_request():
    return {
        "id": "py",
        "inputs": [
            {"name": "INPUT0", "datatype": "INT32", "shape": [1, 16], "data": list(range(16))},
            {"name": "INPUT1", "datatype": "INT32", "shape": [1, 16], "data": [[1] * 16]},
        ],
    }


def check_http():
    check(get("/v2/health/live") == (200, {"live": True}), "live")
    check(get("/v2/health/ready") == (200, {"ready": True}), "ready")
    check(get("/v2/models/simple/ready") == (200, {"name": "simple", "ready": True}), "model ready")
    check(get("/v2/models/simple/config")[1]["max_batch_size"] > 0, "config")
    check(len(get("/v2/models/simple/stats")[1]["model_stats"]) == 1, "statistics")
    status, answer = get("/v2/models/none")
    check(status == 404 and "Request for unknown model" in answer["error"], "unknown model")

    body = json.dumps(json_request()).encode()
    for encode, coding in ((lambda b: b, None), (gzip.compress, "gzip"), (zlib.compress, "deflate")):
        headers = {} if coding is None else {"Content-Encoding": coding, "Accept-Encoding": coding}
        status, headers, answer = post("/v2/models/simple/infer", encode(body), headers)
        check(status == 200 and headers["Content-Encoding"] == coding, f"{coding}: {status} {headers['Content-Encoding']}")
        answer = {None: bytes, "gzip": gzip.decompress, "deflate": zlib.decompress}[coding](answer)
        check(json.loads(answer)["outputs"][0]["data"] == [i + 1 for i in range(16)], f"{coding}: outputs")

    # The first input in bytes, the second in JSON; the first output in bytes, the second in JSON.
    request = json_request()
    del request["inputs"][0]["data"]
    request["inputs"][0]["parameters"] = {"binary_data_size": 64}
    request["outputs"] = [{"name": "OUTPUT0", "parameters": {"binary_data": True}}, {"name": "OUTPUT1"}]
    head = json.dumps(request).encode()
    status, headers, answer = post("/v2/models/simple/infer", head + struct.pack("<16i", *range(16)), {LENGTH: str(len(head))})
    check(status == 200, answer)
    length = int(headers[LENGTH])
    outputs = json.loads(answer[:length])["outputs"]
    check(outputs[0]["parameters"] == {"binary_data_size": 64} and "data" not in outputs[0], "binary output")
    check(list(struct.unpack("<16i", answer[length:])) == [i + 1 for i in range(16)], "binary output")
    check(outputs[1]["data"] == [i - 1 for i in range(16)], "JSON output")

    status, headers, answer = post("/v2/models/texts/infer", b"427", {LENGTH: "0"})
    check(status == 200 and answer[int(headers[LENGTH]) :] == struct.pack("<I", 3) + b"427", "a raw request is one text")
    nested = json.loads("[" * 120 + "]" * 120)
    deep = json.dumps({"inputs": [{"name": "INPUT0", "shape": [1, 16], "datatype": "INT32", "data": nested}]})
    for body in (deep, json.dumps({"inputs": nested})):
        status, headers, answer = post("/v2/models/simple/infer", body)
        check(status == 400 and b"JSON nesting depth exceeds maximum allowed limit (100)" in answer, answer)


check_grpc()
check_http()
print("ok")
