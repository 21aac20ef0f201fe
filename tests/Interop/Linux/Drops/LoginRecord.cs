using System.Text;
using Blockwire.Testing.Raw;

namespace Blockwire.Interop.Tests.Linux.Drops;

/// <summary>What the two sides said in one login, as it passed.</summary>
internal sealed class LoginRecord
{
    private readonly List<string> _keys = [];

    /// <summary>Login Requests that came.</summary>
    public int Requests { get; private set; }

    /// <summary>The target has sent its challenge, so that the next request is the initiator's proof.</summary>
    public bool IsChallenged => Said('T', "CHAP_C=");

    /// <summary>Each side asked the other for proof by CHAP, and both gave it (RFC 7143 §12.1.3).</summary>
    public bool ProvedByChapBothWays =>
        Said('T', "AuthMethod=CHAP") && Said('T', "CHAP_C=") && Said('I', "CHAP_R=") && Said('I', "CHAP_C=") && Said('T', "CHAP_R=");

    /// <summary>The target's answers for both digests.</summary>
    public bool AgreedOnDigests => Said('T', "HeaderDigest=CRC32C") && Said('T', "DataDigest=CRC32C");

    /// <summary>T and NSG of a Login Response say that the full feature phase begins, and its status is success (RFC 7143 §11.13).</summary>
    public static bool OpensFullFeature(RawFrame pdu) => pdu.Opcode == RawOpcode.LoginResponse && (pdu.Flags & 0x83) == 0x83 && (pdu[36] >> 16) == 0;

    public void CountRequest() => Requests++;

    public void Add(RawFrame pdu)
    {
        char side = pdu.Opcode == RawOpcode.LoginRequest ? 'I' : 'T';
        _keys.AddRange(Encoding.UTF8.GetString(pdu.Data).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(key => $"{side}:{key}"));
    }

    /// <summary>The keys without what proves somebody.</summary>
    public override string ToString() => string.Join(' ', _keys.Where(static it => !it.Contains("CHAP_R", StringComparison.Ordinal)));

    private bool Said(char side, string key) => _keys.Any(it => it.StartsWith($"{side}:{key}", StringComparison.Ordinal));
}
