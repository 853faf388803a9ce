namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>A secret parameter as a container's variable; percent-encoded where it stands inside a URI.</summary>
internal sealed record SecretReference(string Parameter, bool UriEncoded)
{
    /// <summary>The variable that carries it.</summary>
    public string Variable => ApplicationModel.VariableName.From(Parameter) + (UriEncoded ? "_URIENCODED" : "");

    /// <summary>Its key in the chart's secret.</summary>
    public string Key => Parameter.ToLowerInvariant() + (UriEncoded ? "-uri" : "");
}
