using System.Globalization;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Containers;

/// <summary>
/// What <c>/invocations</c> and <c>/score</c> take, told apart by content type and content: MLflow's scoring protocol in JSON and CSV, and the Open Inference Protocol in
/// JSON and in the binary forms that managed endpoints pass on, whose header's length stands in the content type. For one request.
/// </summary>
internal sealed class ContainerProtocol : IPredictionProtocol
{
    private const string VendorSuffix = ".binary+json";
    private static readonly V2Protocol s_v2 = new();

    private bool _isV2;
    private string? _vendorType;

    public PredictionRequest Read(in IncomingPrediction incoming)
    {
        var type = incoming.Http.ContentType ?? "";
        var media = type.Split(';')[0].Trim().ToLowerInvariant();
        if (media.StartsWith("application/vnd.", StringComparison.Ordinal) && media.EndsWith(VendorSuffix, StringComparison.Ordinal))
        {
            (_isV2, _vendorType) = (true, media);
            incoming.Http.Headers[BinaryHeader.Name] = HeaderLength(type);
            return s_v2.Read(incoming);
        }
        switch (media)
        {
            case "text/csv":
                return InvocationsCsv.Read(incoming.Body.Span.ToArray(), incoming.Facts, incoming.Name, incoming.Limits.MaxJsonDepth);
            case "application/octet-stream":
                _isV2 = true;
                return s_v2.Read(incoming);
            case "application/json" or "":
                _isV2 = incoming.Http.Headers.ContainsKey(BinaryHeader.Name) || IsV2(incoming.Body.Span, incoming.Limits.MaxJsonDepth);
                return _isV2
                    ? s_v2.Read(incoming)
                    : InvocationsReader.Read(incoming.Body.Span, incoming.Facts, incoming.Name, incoming.Limits.MaxJsonDepth);
            default:
                throw new RequestRefusedException(
                    StatusCodes.Status415UnsupportedMediaType,
                    $"This predictor only supports the following content types: ['text/csv', 'application/json']. Got '{media}'."
                );
        }
    }

    public void Write(PooledBuffer buffer, IHeaderDictionary headers, in PredictionAnswer answer)
    {
        if (!_isV2)
        {
            InvocationsWriter.Write(buffer, answer);
            return;
        }
        s_v2.Write(buffer, headers, answer);
        if (_vendorType is not null && headers.Remove(BinaryHeader.Name, out var length))
        {
            // Headers that a managed endpoint does not know are lost on the way.
            headers.ContentType = $"{_vendorType};json-header-size={length}";
        }
    }

    private static string HeaderLength(string type)
    {
        const string Parameter = "json-header-size=";
        var parameter = type.Split(';')
            .Select(part => part.Trim())
            .FirstOrDefault(part => part.StartsWith(Parameter, StringComparison.OrdinalIgnoreCase));
        return
            parameter is not null
            && int.TryParse(parameter[Parameter.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length.ToString(CultureInfo.InvariantCulture)
            : throw RequestRefusedException.BadRequest($"the content type '{type}' needs a '{Parameter}N'");
    }

    // A list of tensors names their datatypes; no row of values does.
    private static bool IsV2(ReadOnlySpan<byte> json, int maxDepth)
    {
        var cursor = new JsonCursor(json, maxDepth);
        if (json.IsEmpty || cursor.Peek() != JsonKind.Object)
        {
            return false;
        }
        cursor.BeginObject();
        while (cursor.NextMember(out var member))
        {
            if (!member.SequenceEqual("inputs"u8))
            {
                cursor.Skip();
                continue;
            }
            if (cursor.Peek() != JsonKind.Array)
            {
                return false;
            }
            cursor.BeginArray();
            return cursor.NextElement() && cursor.Peek() == JsonKind.Object && HasDatatype(ref cursor);
        }
        return false;
    }

    private static bool HasDatatype(ref JsonCursor cursor)
    {
        cursor.BeginObject();
        while (cursor.NextMember(out var member))
        {
            if (member.SequenceEqual("datatype"u8))
            {
                return true;
            }
            cursor.Skip();
        }
        return false;
    }
}
