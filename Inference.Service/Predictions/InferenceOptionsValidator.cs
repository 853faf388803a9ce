using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.Predictions;

/// <summary>Checks the ranges of <see cref="InferenceOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class InferenceOptionsValidator : IValidateOptions<InferenceOptions>;
