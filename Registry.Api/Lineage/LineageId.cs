using System.Globalization;

namespace Slipway.Registry.Api.Lineage;

/// <summary>
/// A node's id, <c>kind:key</c>. Keys: <c>dataset:{name}@{digest}</c>, <c>run:{id}</c>, <c>version:{model}/{number}</c>, <c>endpoint:{name}</c>,
/// <c>predictions:{endpoint}/{model}/{version}</c>, <c>alert:{id}</c>, <c>job:{id}</c>.
/// </summary>
internal readonly record struct LineageId(string Kind, string Key)
{
    private const int MaxLength = 2000;

    public static LineageId Dataset(string name, string digest) => new(LineageKind.Dataset, $"{name}@{digest}");

    public static LineageId Run(string id) => new(LineageKind.Run, id);

    public static LineageId Version(string model, int version) => new(LineageKind.Version, Numbered(model, version));

    public static LineageId Endpoint(string name) => new(LineageKind.Endpoint, name);

    public static LineageId Predictions(string endpoint, string model, int version) =>
        new(LineageKind.Predictions, $"{endpoint}/{Numbered(model, version)}");

    public static LineageId Alert(Guid id) => new(LineageKind.Alert, id.ToString());

    public static LineageId Job(Guid id) => new(LineageKind.Job, id.ToString());

    public static LineageId? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || colon == text.Length - 1 || text.Length > MaxLength || text.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }
        var id = new LineageId(text[..colon], text[(colon + 1)..]);
        return LineageKind.All.Contains(id.Kind) && id.IsWellFormed() ? id : null;
    }

    public (string Name, string Digest) AsDataset()
    {
        var at = Key.LastIndexOf('@');
        return (Key[..at], Key[(at + 1)..]);
    }

    public (string Model, int Version) AsVersion()
    {
        var slash = Key.LastIndexOf('/');
        return (Key[..slash], int.Parse(Key[(slash + 1)..], CultureInfo.InvariantCulture));
    }

    public (string Endpoint, string Model, int Version) AsPredictions()
    {
        var slash = Key.IndexOf('/', StringComparison.Ordinal);
        var (model, version) = new LineageId(LineageKind.Version, Key[(slash + 1)..]).AsVersion();
        return (Key[..slash], model, version);
    }

    public Guid AsGuid() => Guid.Parse(Key);

    public override string ToString() => $"{Kind}:{Key}";

    private bool IsWellFormed() =>
        Kind switch
        {
            LineageKind.Dataset => Key.LastIndexOf('@') > 0,
            LineageKind.Version => IsVersion(Key),
            LineageKind.Predictions => Key.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && IsVersion(Key[(slash + 1)..]),
            LineageKind.Alert or LineageKind.Job => Guid.TryParse(Key, out _),
            _ => true,
        };

    private static bool IsVersion(string key) =>
        key.LastIndexOf('/') is > 0 and var slash
        && int.TryParse(key[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string Numbered(string model, int version) => $"{model}/{version.ToString(CultureInfo.InvariantCulture)}";
}
