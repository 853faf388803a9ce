using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// The segment that is written to. It is mapped into memory: what is copied into it is in the operating system's page cache, as after a write, without a call for each
/// record. Its whole size is laid aside on the disk beforehand, since a full disk could not be told from a bug later. The journal's lock guards it.
/// </summary>
internal sealed unsafe partial class ActiveSegment : IDisposable
{
    private const int ZeroPieceBytes = 256 * 1024;

    // Numbers of Linux for what makes writing zeros vain.
    private const int Interrupted = 4;
    private const int FileTooLarge = 27;
    private const int NoSpace = 28;
    private const int OverQuota = 122;

    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _capacity;

    private ActiveSegment(SafeFileHandle file, int capacity)
    {
        _file = file;
        _capacity = capacity;
        _map = MemoryMappedFile.CreateFromFile(
            file,
            mapName: null,
            capacity,
            MemoryMappedFileAccess.ReadWrite,
            HandleInheritability.None,
            leaveOpen: true
        );
        _view = _map.CreateViewAccessor(0, capacity);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        Append(JournalSegment.Header);
    }

    /// <summary>Bytes written, header included.</summary>
    public int Length { get; private set; }

    /// <summary>The numbers of the layouts that are in it.</summary>
    public HashSet<int> Layouts { get; } = [];

    /// <summary>Makes a new file for <paramref name="bytes"/>, header included; throws an <see cref="IOException"/> when the disk has no room for it.</summary>
    public static ActiveSegment Create(string path, int bytes)
    {
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            LayAside(file, bytes);
            return new ActiveSegment(file, bytes);
        }
        catch
        {
            // A full disk refuses every request's frames: each attempt would keep a handle, and half a file.
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Whether there is room for so many bytes more.</summary>
    public bool Fits(int bytes) => bytes <= _capacity - Length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(_start + Length, _capacity - Length));
        Length += bytes.Length;
    }

    /// <summary>Closes the file, which is as long then as what was written.</summary>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        // Not the view itself: its end would force everything to the disk.
        _view.SafeMemoryMappedViewHandle.Dispose();
        _map.Dispose();
        try
        {
            RandomAccess.SetLength(_file, Length);
        }
        finally
        {
            _file.Dispose();
        }
    }

    private static void LayAside(SafeFileHandle file, int bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            int error;
            do
            {
                error = Allocate(file, 0, bytes);
            } while (error == Interrupted);
            if (error == 0)
            {
                return;
            }
            if (error is FileTooLarge or NoSpace or OverQuota)
            {
                // Zeros would fill what is left, again with each request, before they came to the same end.
                throw new IOException($"there is no room for {bytes} bytes: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
        // Where the file system cannot do it by itself.
        var zeros = new byte[Math.Min(bytes, ZeroPieceBytes)];
        for (var offset = 0; offset < bytes; offset += zeros.Length)
        {
            RandomAccess.Write(file, zeros.AsSpan(0, Math.Min(zeros.Length, bytes - offset)), offset);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int Allocate(SafeFileHandle file, nint offset, nint length);
}
