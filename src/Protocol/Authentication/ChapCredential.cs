namespace Blockwire.Protocol.Authentication;

/// <summary>A name and its secret.</summary>
/// <param name="Name">CHAP_N: 1 to 255 bytes of UTF-8 without control characters.</param>
/// <param name="Secret">Its secret.</param>
public sealed record ChapCredential(string Name, ChapSecret Secret);
