namespace Blockwire.Protocol.Session;

/// <summary>What the session has agreed on that decides about a Data-Out.</summary>
/// <param name="PdusInOrder">DataPDUInOrder: the PDUs of a sequence come at rising offsets without holes (RFC 7143 §13.18).</param>
/// <param name="Recovers">ErrorRecoveryLevel is 1 or 2: what did not come is asked for again (RFC 7143 §7.1.4.1).</param>
internal readonly record struct DataOutRules(bool PdusInOrder, bool Recovers);
