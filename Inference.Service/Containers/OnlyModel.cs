using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Containers;

/// <summary>Finds what answers on routes that name no model: the one that the configuration names, the only endpoint, or the only model.</summary>
internal sealed class OnlyModel(ServingDirectory directory, IOptions<ContainerOptions> options)
{
    /// <summary>Its name. Throws <see cref="RequestRefusedException"/> where nothing, or more than one thing, could be meant.</summary>
    public string Find()
    {
        if (options.Value.Model is { Length: > 0 } named)
        {
            return named;
        }
        var view = directory.Current;
        string[] names = [.. view.DesiredEndpoints.Select(endpoint => endpoint.Name)];
        if (names.Length == 0)
        {
            names = [.. view.Versions.Select(version => version.Id.Model).Distinct(StringComparer.Ordinal)];
        }
        return names.Length switch
        {
            1 => names[0],
            0 => throw new RequestRefusedException(StatusCodes.Status503ServiceUnavailable, "no model is served yet"),
            _ => throw RequestRefusedException.BadRequest(
                $"{names.Length} models are served here: call one by its name, or set {ContainerOptions.Section}:{nameof(ContainerOptions.Model)}"
            ),
        };
    }
}
