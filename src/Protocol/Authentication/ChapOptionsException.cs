namespace Blockwire.Protocol.Authentication;

/// <summary>Settings of CHAP that RFC 7143 forbids or that make no sense. The message is one line without any secret.</summary>
public sealed class ChapOptionsException(string message) : Exception(message);
