namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>An upload went past the limit; thrown from within the copy loop, where no value can be returned.</summary>
internal sealed class UploadTooLargeException(long limitBytes) : Exception($"The file is larger than {limitBytes} bytes.")
{
    public long LimitBytes { get; } = limitBytes;
}
