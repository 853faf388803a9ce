using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.Serving;

/// <summary>Checks the ranges of <see cref="EngineOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class EngineOptionsValidator : IValidateOptions<EngineOptions>;
