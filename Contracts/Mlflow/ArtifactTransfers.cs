namespace Slipway.Contracts.Mlflow;

/// <summary>Answer of <c>mlflow-artifacts/presigned/{path}</c>: where anybody can get the file for a time.</summary>
public sealed record PresignedDownload(string Url, IReadOnlyDictionary<string, string> Headers, long FileSize);

/// <summary>Answer of <c>artifacts/presigned-upload-url</c>: where the bearer can PUT the file for a time.</summary>
public sealed record PresignedUpload(string PresignedUrl, IReadOnlyDictionary<string, string> Headers);

/// <summary>Answer of <c>mpu/create</c>: one address for each part.</summary>
public sealed record MultipartUpload(string UploadId, IReadOnlyList<MultipartCredential> Credentials);

/// <summary>Where the bearer can PUT a part; the answer's <c>ETag</c> is to be given on completion.</summary>
public sealed record MultipartCredential(string Url, int PartNumber, IReadOnlyDictionary<string, string> Headers);
