using Microsoft.Extensions.Options;
using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Policies;

/// <summary>Refuses to start with environments that contradict each other.</summary>
internal sealed class EnvironmentOptionsValidator : IValidateOptions<EnvironmentOptions>
{
    public ValidateOptionsResult Validate(string? name, EnvironmentOptions options)
    {
        var all = options.Environments;
        var names = all.Select(e => e.Name).ToList();
        var taken = all.SelectMany(e => e.Aliases.Prepend(e.Name))
            .GroupBy(a => a, StringComparer.Ordinal)
            .FirstOrDefault(g => g.Count() > 1);
        if (taken is not null)
        {
            return ValidateOptionsResult.Fail(
                $"{EnvironmentOptions.Section}: the alias '{taken.Key}' belongs to more than one environment."
            );
        }
        for (var i = 0; i < all.Count; i++)
        {
            var problem = PolicyRules.CheckEnvironment(all[i]) ?? PolicyRules.Check(all[i], names);
            if (problem is not null)
            {
                return ValidateOptionsResult.Fail($"{EnvironmentOptions.Section}:{i}: {problem}");
            }
        }
        return ValidateOptionsResult.Success;
    }
}
