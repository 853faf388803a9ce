using System.Globalization;

namespace Slipway.Inference.Service.Predictions;

/// <summary>The labels under which requests to one version by one name are measured, made once.</summary>
internal sealed class PredictionTags
{
    /// <summary>Of requests that no model answered: nothing is served under what was called, and a caller must not make new labels.</summary>
    public static readonly PredictionTags None = new("", "", "");

    private readonly KeyValuePair<string, object?>[] _answered;
    private readonly string _model;
    private readonly string _version;

    public PredictionTags(string endpoint, string model, string version)
    {
        Endpoint = endpoint;
        _model = model;
        _version = version;
        _answered = WithStatus("200");
    }

    /// <summary>The name that was called.</summary>
    public string Endpoint { get; }

    /// <summary>Endpoint, model and version.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Labels => _answered.AsSpan(0, 3);

    /// <summary>The same, and the status 200.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Answered => _answered;

    /// <summary>The same, and another status.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Refused(int status) => WithStatus(status.ToString(CultureInfo.InvariantCulture));

    private KeyValuePair<string, object?>[] WithStatus(string status) =>
        [new("endpoint", Endpoint), new("model", _model), new("version", _version), new("http.response.status_code", status)];
}
