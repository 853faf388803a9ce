using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.Serving;

/// <summary>Checks the ranges of <see cref="ServingOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class ServingOptionsValidator : IValidateOptions<ServingOptions>;
