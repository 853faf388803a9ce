namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>Tells "no space left" from other I/O errors.</summary>
internal static class DiskFull
{
    private const int UnixNoSpace = 28;
    private const int UnixQuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static bool Is(IOException exception) => exception.HResult is UnixNoSpace or UnixQuotaExceeded or WindowsDiskFull;
}
