using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Slipway.Inference.Engine.Tensors;

/// <summary>Storage that the runtime allocated for an output: read in place, given back when the last slice of it is disposed.</summary>
internal sealed unsafe class OrtValueStorage : TensorStorage
{
    private readonly OrtValue value;
    private readonly void* address;
    private readonly int lengthBytes;

    public OrtValueStorage(OrtValue value)
    {
        // Asked for once: each question to the runtime is a native call with an allocation.
        var bytes = value.GetTensorMutableRawData();
        this.value = value;
        address = Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
        lengthBytes = bytes.Length;
    }

    public override Span<byte> Bytes => new(address, lengthBytes);

    public override nint Address => (nint)address;

    protected override void Free() => value.Dispose();
}
