using System.IO.Compression;

namespace Slipway.Inference.Service.Tests.Hosting;

/// <summary>Bodies as clients with gzip send them.</summary>
internal static class Gzip
{
    public static byte[] Encode(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var encoder = new GZipStream(target, CompressionLevel.Fastest))
        {
            encoder.Write(bytes);
        }
        return target.ToArray();
    }
}
