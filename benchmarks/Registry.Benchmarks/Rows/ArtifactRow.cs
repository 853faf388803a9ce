namespace Slipway.Registry.Benchmarks.Rows;

/// <summary>Uploads of 10 MiB, each with content of its own: equal content would be stored once.</summary>
internal static class ArtifactRow
{
    public const int Bytes = 10 << 20;
    private static readonly byte[] s_content = MakeContent();

    public static Task PutAsync(RegistryClient api, int call, CancellationToken ct) =>
        api.PutAsync($"0/bench/artifacts/f{call}", Content(call), ct);

    /// <summary>The same buffer with another beginning; one caller at a time.</summary>
    public static byte[] Content(int call)
    {
        BitConverter.TryWriteBytes(s_content, call);
        return s_content;
    }

    private static byte[] MakeContent()
    {
        var content = new byte[Bytes];
        new Random(1).NextBytes(content);
        return content;
    }
}
