namespace Slipway.Inference.Service.Tests.Grpc;

/// <summary>How a call ended: its status, its text, and what came before.</summary>
internal sealed record GrpcAnswer<T>(int Status, string Message, IReadOnlyList<T> Messages, HttpResponseMessage Response)
{
    public T Single => Messages.Single();
}
