using System.Text.Json;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Runner;

/// <summary>
/// What the child process does when the worker is started as <c>run --spec spec.json</c>: reads the spec, trains, and tells of it in events.
/// Every end has its exit code (<see cref="ExitCodes"/>) and, if it failed, an error event as the last line.
/// </summary>
internal static class TrainingRunner
{
    public static Task<int> RunAsync(string specPath, TextWriter events, CancellationToken cancellationToken) =>
        RunAsync(specPath, events, TimeProvider.System, cancellationToken);

    public static async Task<int> RunAsync(string specPath, TextWriter events, TimeProvider time, CancellationToken cancellationToken)
    {
        var writer = new EventWriter(events);
        try
        {
            var result = await TrainAsync(specPath, writer, time, cancellationToken);
            if (!result.IsOk)
            {
                return Refuse(writer, result.Error);
            }
            writer.Write(result.Value);
            return ExitCodes.Done;
        }
        catch (Exception exception) when (BadInputOf(exception) is { } error)
        {
            return Refuse(writer, error);
        }
        // Out of a parallel loop a stop comes wrapped in another exception, so the token says it and not the type.
        catch (Exception exception) when (exception is OperationCanceledException || cancellationToken.IsCancellationRequested)
        {
            writer.Write(new ErrorEvent("cancelled", "The run was stopped.", null, null, null));
            return ExitCodes.Failed;
        }
#pragma warning disable CA1031 // The process ends here: whatever it was, the parent is told in the one language it reads.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync(exception.ToString());
            writer.Write(new ErrorEvent("internal_error", exception.Message, null, null, null));
            return ExitCodes.Failed;
        }
    }

    private static async Task<Result<ResultEvent>> TrainAsync(
        string specPath,
        EventWriter events,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var spec = await ReadSpecAsync(specPath, cancellationToken);
        if (!spec.IsOk)
        {
            return spec.Error;
        }
        var parameters = RunParameters.Read(spec.Value);
        return parameters.IsOk
            ? await new TrainingRun(spec.Value, parameters.Value, events, time).RunAsync(cancellationToken)
            : parameters.Error;
    }

    private static async Task<Result<TrainingSpec>> ReadSpecAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            var spec = await JsonSerializer.DeserializeAsync(file, RunnerJson.Default.TrainingSpec, cancellationToken);
            return spec is null ? new BadInput("invalid_spec", "The spec is empty.") : spec;
        }
        catch (Exception exception) when (exception is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return new BadInput("invalid_spec", $"The spec cannot be read: {exception.Message}");
        }
    }

    // A trainer's refusal may come out of a parallel loop.
    private static BadInput? BadInputOf(Exception exception) =>
        exception switch
        {
            TrainingDataException refusal => refusal.Error,
            AggregateException { InnerException: TrainingDataException refusal } => refusal.Error,
            _ => null,
        };

    private static int Refuse(EventWriter events, BadInput error)
    {
        events.Write(new ErrorEvent(error.Code, error.Message, error.Parameter, error.Position?.File, error.Position?.Line));
        return ExitCodes.BadInput;
    }
}
