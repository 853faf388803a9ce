namespace Aspire.Hosting.Kubernetes;

/// <summary>Name and description of the chart.</summary>
public sealed class HelmChartOptions
{
    internal HelmChartOptions() { }

    internal string? ChartName { get; private set; }
    internal string ChartVersion { get; private set; } = "0.1.0";
    internal string ChartDescription { get; private set; } = "Aspire Helm Chart";

    /// <summary>The chart's name; by default AppHost's.</summary>
    public HelmChartOptions WithChartName(string name)
    {
        ChartName = name;
        return this;
    }

    /// <summary>The chart's version (SemVer 2).</summary>
    public HelmChartOptions WithChartVersion(string version)
    {
        ChartVersion = version;
        return this;
    }

    /// <summary>What the chart installs.</summary>
    public HelmChartOptions WithChartDescription(string description)
    {
        ChartDescription = description;
        return this;
    }
}
