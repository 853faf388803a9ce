using Microsoft.Win32.SafeHandles;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.SharedMemory;

/// <summary>Opens shared memory objects (POSIX <c>shm_open</c>), which Linux has as the files of <c>/dev/shm</c>.</summary>
internal static class SharedMemoryFile
{
    private const int MaxKeyLength = 255;

    // Triton's backends keep their own memory under such keys; nobody else writes into it.
    private const string ReservedPrefix = "triton_python_backend_shm_region_";

    // Some systems have a link there.
    private static readonly string s_folder = Directory.ResolveLinkTarget("/dev/shm", returnFinalTarget: true)?.FullName ?? "/dev/shm";

    /// <summary>Opens an object of which at least the given bytes exist, for reading and writing; throws with 400 where that cannot be done.</summary>
    public static SafeFileHandle Open(string region, string key, ulong offset, ulong byteSize)
    {
        if (key.Contains(ReservedPrefix, StringComparison.Ordinal))
        {
            throw RequestRefusedException.BadRequest(
                $"cannot register shared memory region '{region}' with key '{key}' as the key contains the reserved prefix '{ReservedPrefix}'"
            );
        }
        SafeFileHandle? file = null;
        try
        {
            file = Open(PathOf(key) ?? throw Unopenable(key));
            var length = (ulong)RandomAccess.GetLength(file);
            // In this order nothing overflows.
            if (byteSize == 0 || offset > length || byteSize > length - offset)
            {
                throw RequestRefusedException.BadRequest($"failed to register shared memory region '{region}': invalid args");
            }
            return file;
        }
        // What has no length, such as a pipe, is not supported by RandomAccess.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            file?.Dispose();
            throw Unopenable(key);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    private static SafeFileHandle Open(string path)
    {
        if (IsLink(path, out _))
        {
            throw new IOException("A link is not followed out of the folder.");
        }
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        // The file could have become a link meanwhile: the kernel knows what was opened.
        if (IsLink($"/proc/self/fd/{file.DangerousGetHandle()}", out var opened) && opened == path)
        {
            return file;
        }
        file.Dispose();
        throw new IOException("Another file was opened.");
    }

    private static bool IsLink(string path, out string? target) => (target = new FileInfo(path).LinkTarget) is not null;

    // A name in one folder: of the form that shm_open takes, with or without its slash.
    private static string? PathOf(string key)
    {
        var name = key.StartsWith('/') ? key[1..] : key;
        return name is "" or "." or ".." || name.Length > MaxKeyLength || name.AsSpan().ContainsAny('/', '\0')
            ? null
            : $"{s_folder}/{name}";
    }

    private static RequestRefusedException Unopenable(string key) =>
        RequestRefusedException.BadRequest($"Unable to open shared memory region: '{key}'");
}
