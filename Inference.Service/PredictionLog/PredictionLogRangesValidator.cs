using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>Checks the ranges of <see cref="PredictionLogOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class PredictionLogRangesValidator : IValidateOptions<PredictionLogOptions>;
