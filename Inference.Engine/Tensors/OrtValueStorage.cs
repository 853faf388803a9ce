using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Slipway.Inference.Engine.Tensors;

/// <summary>Storage that the runtime allocated for an output: read in place, given back when the last slice of it is disposed.</summary>
internal sealed unsafe class OrtValueStorage : TensorStorage
{
    private readonly OrtValue _value;
    private readonly void* _address;
    private readonly int _lengthBytes;

    public OrtValueStorage(OrtValue value)
    {
        // Asked for once: each question to the runtime is a native call with an allocation.
        var bytes = value.GetTensorMutableRawData();
        _value = value;
        _address = Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
        _lengthBytes = bytes.Length;
    }

    public override Span<byte> Bytes => new(_address, _lengthBytes);

    public override nint Address => (nint)_address;

    protected override void Free() => _value.Dispose();
}
