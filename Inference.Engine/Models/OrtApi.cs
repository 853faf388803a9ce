using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// The few functions of the runtime's C interface that every run calls, without the delegates, handles and arrays that the C# interface makes for each call. Their
/// places in the function table never change: the table only grows (onnxruntime_c_api.h).
/// </summary>
internal static unsafe partial class OrtApi
{
    // The oldest version of the table that has all of them; newer runtimes go on offering it.
    private const uint TableVersion = 16;
    private static readonly nint* Table = Load();

    public static string ErrorMessage(nint status) => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Table[2])(status)) ?? "";

    public static int ErrorCode(nint status) => ((delegate* unmanaged<nint, int>)Table[1])(status);

    public static void ReleaseStatus(nint status) => ((delegate* unmanaged<nint, void>)Table[93])(status);

    public static nint Run(
        nint session,
        nint options,
        byte** inputNames,
        nint* inputs,
        nuint inputCount,
        byte** outputNames,
        nuint outputCount,
        nint* outputs
    ) =>
        ((delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)Table[9])(
            session,
            options,
            inputNames,
            inputs,
            inputCount,
            outputNames,
            outputCount,
            outputs
        );

    public static nint CreateTensor(nint memoryInfo, nint data, nuint bytes, long* shape, nuint rank, int type, nint* value) =>
        ((delegate* unmanaged<nint, nint, nuint, long*, nuint, int, nint*, nint>)Table[49])(
            memoryInfo,
            data,
            bytes,
            shape,
            rank,
            type,
            value
        );

    public static nint GetData(nint value, nint* data) => ((delegate* unmanaged<nint, nint*, nint>)Table[51])(value, data);

    public static nint GetTypeAndShape(nint value, nint* info) => ((delegate* unmanaged<nint, nint*, nint>)Table[65])(value, info);

    public static nint GetElementType(nint info, int* type) => ((delegate* unmanaged<nint, int*, nint>)Table[60])(info, type);

    public static nint GetRank(nint info, nuint* rank) => ((delegate* unmanaged<nint, nuint*, nint>)Table[61])(info, rank);

    public static nint GetShape(nint info, long* shape, nuint rank) =>
        ((delegate* unmanaged<nint, long*, nuint, nint>)Table[62])(info, shape, rank);

    public static void ReleaseInfo(nint info) => ((delegate* unmanaged<nint, void>)Table[99])(info);

    public static void ReleaseValue(nint value) => ((delegate* unmanaged<nint, void>)Table[96])(value);

    /// <summary>Gives the environment an arena of at most <paramref name="maxBytes"/>, 0 for no limit: the C# interface takes no more than 4 GiB.</summary>
    public static nint CreateArena(nint environment, nint memoryInfo, nuint maxBytes, int growth)
    {
        const int RuntimesChoice = -1;
        nint settings;
        var status = ((delegate* unmanaged<nuint, int, int, int, nint*, nint>)Table[156])(
            maxBytes,
            growth,
            RuntimesChoice,
            RuntimesChoice,
            &settings
        );
        if (status != 0)
        {
            return status;
        }

        status = ((delegate* unmanaged<nint, nint, nint, nint>)Table[144])(environment, memoryInfo, settings);
        ((delegate* unmanaged<nint, void>)Table[157])(settings);
        return status;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Handle")]
    public static extern nint HandleOf(InferenceSession session);

    private static nint* Load()
    {
        var getApi = (delegate* unmanaged<uint, nint*>)((nint*)GetApiBase())[0];
        var table = getApi(TableVersion);
        return table is null ? throw new NotSupportedException("The native ONNX Runtime is older than 1.16.") : table;
    }

    [LibraryImport("onnxruntime", EntryPoint = "OrtGetApiBase")]
    private static partial nint GetApiBase();
}
