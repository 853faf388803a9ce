using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>Checks what spans two properties of <see cref="PredictionLogOptions"/>.</summary>
internal sealed class PredictionLogRulesValidator : IValidateOptions<PredictionLogOptions>
{
    public ValidateOptionsResult Validate(string? name, PredictionLogOptions options)
    {
        if (options.SegmentBytes > options.MaxBytes / 4)
        {
            // Space comes back a file at a time: one file must not be most of the bound.
            return ValidateOptionsResult.Fail(
                $"{PredictionLogOptions.Section}:SegmentBytes ({options.SegmentBytes}) must be at most a quarter of MaxBytes ({options.MaxBytes})."
            );
        }
        return options.MinRetryDelay > options.MaxRetryDelay
            ? ValidateOptionsResult.Fail($"{PredictionLogOptions.Section}:MinRetryDelay must not exceed MaxRetryDelay.")
            : ValidateOptionsResult.Success;
    }
}
