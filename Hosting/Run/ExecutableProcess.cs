using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Run;

/// <summary>Describes how a program that is already on the machine is started.</summary>
internal static class ExecutableProcess
{
    public static ManagedProcess For(
        ExecutableResource executable,
        DistributedApplicationModel model,
        DistributedApplicationExecutionContext execution
    ) =>
        new()
        {
            Name = executable.Name,
            Prepare = token => PrepareAsync(executable, execution, token),
            Waits = [.. executable.Annotations.OfType<WaitAnnotation>()],
            // A program that has no endpoint may end.
            IsJob = !executable.Annotations.OfType<EndpointAnnotation>().Any(),
            // Who waits for its end goes by the first exit code: a second run would come too late.
            RunsOnce = model
                .Resources.SelectMany(r => r.Annotations.OfType<WaitAnnotation>())
                .Any(w => w.Resource == executable && w.WaitType == WaitType.WaitForCompletion),
        };

    private static async Task<ProcessSpec> PrepareAsync(
        ExecutableResource executable,
        DistributedApplicationExecutionContext execution,
        CancellationToken cancellationToken
    )
    {
        var variables = await EnvironmentEvaluator.GetVariablesAsync(executable, execution, cancellationToken);
        return new ProcessSpec
        {
            FileName = executable.Command,
            Arguments = await EnvironmentEvaluator.GetArgumentsAsync(executable, cancellationToken),
            WorkingDirectory = executable.WorkingDirectory,
            Environment = variables.ToDictionary(v => v.Key, string? (v) => v.Value),
        };
    }
}
