using Google.Protobuf;
using Google.Protobuf.Collections;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Tests.Grpc;

namespace Slipway.Inference.Service.Tests.SharedMemory;

/// <summary>Over gRPC; inferences by single calls or by a stream.</summary>
internal sealed class GrpcSharedMemoryClient(GrpcTestClient client, bool isStreamed) : SharedMemoryClient
{
    public override async Task<string> RegisterAsync(string name, string key, ulong offset, ulong byteSize)
    {
        var request = new SystemSharedMemoryRegisterRequest
        {
            Name = name,
            Key = key,
            Offset = offset,
            ByteSize = byteSize,
        };
        return ErrorOf(await client.CallAsync("SystemSharedMemoryRegister", SystemSharedMemoryRegisterResponse.Parser, request));
    }

    public override async Task<string> UnregisterAsync(string name) =>
        ErrorOf(
            await client.CallAsync(
                "SystemSharedMemoryUnregister",
                SystemSharedMemoryUnregisterResponse.Parser,
                new SystemSharedMemoryUnregisterRequest { Name = name }
            )
        );

    public override async Task<string> StatusAsync(string name)
    {
        var answer = await client.CallAsync(
            "SystemSharedMemoryStatus",
            SystemSharedMemoryStatusResponse.Parser,
            new SystemSharedMemoryStatusRequest { Name = name }
        );
        return answer.Status != 0
            ? ErrorOf(answer)
            : string.Join(
                '\n',
                answer
                    .Single.Regions.OrderBy(region => region.Key, StringComparer.Ordinal)
                    .Select(region => $"{region.Value.Name} {region.Value.Key} {region.Value.Offset} {region.Value.ByteSize}")
            );
    }

    public override async Task<SharedMemoryAnswer> InferAsync(
        string model,
        string? id,
        IReadOnlyList<SharedMemoryInput> inputs,
        IReadOnlyList<SharedMemoryOutput> outputs
    )
    {
        var request = new ModelInferRequest { ModelName = model, Id = id ?? "" };
        foreach (var input in inputs)
        {
            var tensor = new ModelInferRequest.Types.InferInputTensor
            {
                Name = input.Name,
                Datatype = input.Datatype,
                Shape = { input.Shape },
            };
            Put(tensor.Parameters, input.Place);
            request.Inputs.Add(tensor);
            if (input.Bytes is not null && input.Place is not null)
            {
                tensor.Contents = new InferTensorContents { Fp32Contents = { 1 } };
            }
            else if (input.Bytes is not null)
            {
                request.RawInputContents.Add(ByteString.CopyFrom(input.Bytes));
            }
        }
        foreach (var output in outputs)
        {
            var tensor = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = output.Name };
            Put(tensor.Parameters, output.Place);
            if (output.Classes > 0)
            {
                tensor.Parameters["classification"] = new InferParameter { Int64Param = output.Classes };
            }
            request.Outputs.Add(tensor);
        }
        if (!isStreamed)
        {
            var single = await client.CallAsync("ModelInfer", ModelInferResponse.Parser, request);
            return single.Status == 0 ? Read(single.Single) : new SharedMemoryAnswer(ErrorOf(single), "", []);
        }
        var streamed = await client.CallAsync("ModelStreamInfer", ModelStreamInferResponse.Parser, request, ("triton_grpc_error", "true"));
        return streamed.Status == 0 ? Read(streamed.Single.InferResponse) : new SharedMemoryAnswer(ErrorOf(streamed), "", []);
    }

    private static SharedMemoryAnswer Read(ModelInferResponse response) =>
        new(
            "",
            string.Join('\n', response.Outputs.Select(output => $"{output.Name} {output.Datatype} {string.Join(',', output.Shape)}")),
            [.. response.RawOutputContents.Select(raw => raw.ToByteArray())]
        );

    private static void Put(MapField<string, InferParameter> parameters, Place? place)
    {
        if (place?.Region is { } region)
        {
            parameters["shared_memory_region"] = new InferParameter { StringParam = region };
        }
        if (place?.ByteSize is { } size)
        {
            parameters["shared_memory_byte_size"] = new InferParameter { Int64Param = (long)size };
        }
        if (place?.Offset is { } offset)
        {
            parameters["shared_memory_offset"] = new InferParameter { Int64Param = (long)offset };
        }
    }

    private static string ErrorOf<T>(GrpcAnswer<T> answer)
        where T : IMessage<T> => answer.Status == 0 ? "" : $"{answer.Status} {answer.Message}";
}
