using Microsoft.Extensions.Options;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Rules across properties of <see cref="TrainingOptions"/>, and what the file system must hold.</summary>
internal sealed class TrainingOptionsRules : IValidateOptions<TrainingOptions>
{
    public ValidateOptionsResult Validate(string? name, TrainingOptions options)
    {
        var failures = new List<string>();
        if (options.HeartbeatInterval > options.LeaseDuration / 3)
        {
            failures.Add("Training:HeartbeatInterval must be at most a third of Training:LeaseDuration.");
        }
        if (!File.Exists(TrainerProcess.RunnerPath(options)))
        {
            failures.Add($"Training:RunnerPath: the training program {TrainerProcess.RunnerPath(options)} does not exist.");
        }
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
