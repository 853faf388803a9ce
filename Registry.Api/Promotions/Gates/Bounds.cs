using System.Globalization;
using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>The least and greatest value of a gate. NaN lies in no bounds.</summary>
internal static class Bounds
{
    public static bool Contain(GatePolicy policy, double value) =>
        !double.IsNaN(value) && (policy.Min is not { } min || value >= min) && (policy.Max is not { } max || value <= max);

    public static string Text(GatePolicy policy) =>
        (policy.Min, policy.Max) switch
        {
            ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $"{min:G6} to {max:G6}"),
            ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $"at least {min:G6}"),
            (null, { } max) => string.Create(CultureInfo.InvariantCulture, $"at most {max:G6}"),
            _ => "any value",
        };
}
