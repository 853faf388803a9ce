using System.Runtime.InteropServices;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Tests.Models;

[Collection(nameof(MemoryTests))]
public sealed partial class CLibraryMemoryTests
{
    private const nint BlockBytes = 2 << 20;
    private const int Blocks = 50;

    [Fact]
    public void LargeBlock_AfterALargerOneWasFreed_HasAMappingOfItsOwn()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Assert.NotEmpty(OnnxEnvironment.RuntimeVersion);
        // What would raise glibc's bound to 16 MiB.
        Free(Allocate(8 * BlockBytes));
        // Nor may the sessions of other tests be freed while blocks are counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Memory().MappedBlocks;

        var blocks = Enumerable.Range(0, Blocks).Select(_ => Allocate(BlockBytes)).ToList();
        var during = Memory().MappedBlocks;
        blocks.ForEach(Free);

        Assert.InRange((long)(during - before), Blocks, int.MaxValue);
        Assert.InRange((long)(during - Memory().MappedBlocks), Blocks, int.MaxValue);
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc")]
    private static partial nint Allocate(nint bytes);

    [LibraryImport("libc.so.6", EntryPoint = "free")]
    private static partial void Free(nint block);

    [LibraryImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static partial MallocInfo Memory();

    // struct mallinfo2: sizes in bytes, or counts of blocks.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallocInfo
    {
        public readonly nuint HeapBytes;
        public readonly nuint FreeChunks;
        public readonly nuint FastChunks;
        public readonly nuint MappedBlocks;
        public readonly nuint MappedBytes;
        public readonly nuint PeakBytes;
        public readonly nuint FastBytes;
        public readonly nuint UsedBytes;
        public readonly nuint FreeBytes;
        public readonly nuint TopBytes;
    }
}
