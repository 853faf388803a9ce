using Slipway.Contracts.Serving;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.V1;

/// <summary>TensorFlow Serving's version labels: what the registry calls aliases.</summary>
internal sealed class V1Labels(DesiredState desired, ServingDirectory serving)
{
    /// <summary>The version of a model, or of those behind an endpoint, that has a label now; throws with 404 where none has.</summary>
    public string VersionOf(string name, string label)
    {
        foreach (var version in desired.Current?.Models ?? [])
        {
            if (IsBehind(name, version) && version.Aliases.Contains(label, StringComparer.Ordinal))
            {
                return $"{version.Version}";
            }
        }
        throw new RequestRefusedException(
            StatusCodes.Status404NotFound,
            $"Request for unknown model: '{name}' with the label '{label}' is not found"
        );
    }

    private bool IsBehind(string name, ServedModelVersion version) =>
        serving.Current.FindEndpoint(name) is { } endpoint
            ? endpoint.Routes.Any(route => route.Model == version.Model && route.Version == version.Version)
            : version.Model == name;
}
