using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.V1;

/// <summary>A v1 request as tensors in the order of the model's signature, and whether it came by rows (<c>instances</c>) or by columns (<c>inputs</c>).</summary>
internal readonly record struct V1Request(Tensor[] Inputs, bool IsRowFormat);
