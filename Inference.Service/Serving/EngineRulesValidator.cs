using Microsoft.Extensions.Options;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Service.Serving;

/// <summary>The rule on <see cref="EngineOptions"/> that no attribute can state: providers' options that the runtime knows.</summary>
internal sealed class EngineRulesValidator : IValidateOptions<EngineOptions>
{
    public ValidateOptionsResult Validate(string? name, EngineOptions options)
    {
        var problem =
            Problem(nameof(EngineOptions.Cuda), ProviderNames.Cuda, options.Cuda)
            ?? Problem(nameof(EngineOptions.TensorRt), ProviderNames.TensorRt, options.TensorRt);
        return problem is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problem);
    }

    private static string? Problem(string key, string provider, Dictionary<string, string> options) =>
        ProviderSettings.FindProblem(provider, options) is { } problem ? $"{EngineOptions.Section}:{key}: {problem}." : null;
}
