using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Drift;

/// <summary>The two kinds of <see cref="ColumnProfile"/>.</summary>
internal static class ColumnKinds
{
    public const string Numeric = "numeric";

    public const string Categorical = "categorical";

    public static bool IsNumeric(ColumnProfile profile) => profile.Kind == Numeric;
}
