using Microsoft.Extensions.Options;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Checks the ranges of <see cref="TrainingOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class TrainingOptionsValidator : IValidateOptions<TrainingOptions>;
