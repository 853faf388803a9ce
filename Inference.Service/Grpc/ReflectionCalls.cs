using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Server reflection, for tools such as grpcurl: the services, and the files that describe them.</summary>
internal sealed class ReflectionCalls(
    IOptions<InferenceOptions> options,
    RequestMemory memory,
    IHostApplicationLifetime lifetime,
    ILogger<ReflectionCalls> logger
)
{
    private static readonly FileDescriptor[] s_files =
    [
        InferenceReflection.Descriptor,
        ModelConfigReflection.Descriptor,
        HealthReflection.Descriptor,
        ReflectionReflection.Descriptor,
    ];

    public async Task AnswerAsync(HttpContext context)
    {
        var call = new GrpcCall(context, options.Value.MaxRequestBytes, memory);
        if (!call.TryStart())
        {
            return;
        }
        call.AllowLongStream();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            while (await call.ReadAsync(ending.Token) is { } message)
            {
                ServerReflectionRequest request;
                using (message)
                {
                    request = ServerReflectionRequest.Parser.ParseFrom(message.Bytes);
                }
                await call.SendAsync(Answer(request), context.RequestAborted);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
            call.Finish(GrpcStatus.Ok);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            call.Finish(GrpcStatus.Unavailable, "the server is stopping");
        }
        catch (InvalidProtocolBufferException)
        {
            GrpcFailures.Finish(call, ProtoReader.Malformed(), logger);
        }
        catch (Exception e)
        {
            GrpcFailures.Finish(call, e, logger);
        }
    }

    private static ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse
                {
                    Service =
                    {
                        s_files.SelectMany(file => file.Services).Select(service => new ServiceResponse { Name = service.FullName }),
                    },
                };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                Describe(response, Array.Find(s_files, file => file.Name == request.FileByFilename), request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                Describe(response, Array.Find(s_files, file => Holds(file, request.FileContainingSymbol)), request.FileContainingSymbol);
                break;
            default:
                response.ErrorResponse = new ErrorResponse
                {
                    ErrorCode = GrpcStatus.Unimplemented,
                    ErrorMessage = "not offered: there are no extensions",
                };
                break;
        }
        return response;
    }

    // With all that it imports, so that a client need not ask again.
    private static void Describe(ServerReflectionResponse response, FileDescriptor? file, string asked)
    {
        if (file is null)
        {
            response.ErrorResponse = new ErrorResponse { ErrorCode = GrpcStatus.NotFound, ErrorMessage = $"'{asked}' is not known" };
            return;
        }
        response.FileDescriptorResponse = new FileDescriptorResponse
        {
            FileDescriptorProto = { new[] { file }.Concat(file.Dependencies).Select(part => part.SerializedData) },
        };
    }

    private static bool Holds(FileDescriptor file, string symbol) =>
        file.Services.Any(service => service.FullName == symbol || service.Methods.Any(method => method.FullName == symbol))
        || file.EnumTypes.Any(type => type.FullName == symbol)
        || file.MessageTypes.Any(type => IsOrHolds(type, symbol));

    private static bool IsOrHolds(MessageDescriptor type, string symbol) =>
        type.FullName == symbol
        || type.NestedTypes.Any(nested => IsOrHolds(nested, symbol))
        || type.EnumTypes.Any(nested => nested.FullName == symbol);
}
