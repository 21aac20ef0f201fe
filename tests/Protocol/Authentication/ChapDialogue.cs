using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Tests.Login;
using static Blockwire.Protocol.Tests.Login.LoginDialogue;

namespace Blockwire.Protocol.Tests.Authentication;

/// <summary>A login with CHAP against a target whose random bytes are known. The initiator's hashes are the platform's, not the product's.</summary>
internal sealed class ChapDialogue
{
    public const string User = "alice";
    public const string Secret = "alice's secret of 96 bits";
    public const string TargetUser = "disk1";
    public const string TargetSecret = "the target's own secret";

    private readonly LoginDialogue _login;

    public ChapDialogue(ChapOptions? options = null, byte seed = 1)
    {
        Options = options ?? OneWay;
        Directory = new() { Facts = new() { Authentication = new ChapAuthentication(Options, LoginDialogue.Initiator, Fill(seed)) } };
        _login = new(Directory);
    }

    public static ChapOptions OneWay { get; } = new() { Accounts = [new(Credential(User, Secret))] };

    public static ChapOptions Mutual { get; } = OneWay with { Target = Credential(TargetUser, TargetSecret) };

    public ChapOptions Options { get; }

    public FakeDirectory Directory { get; }

    /// <summary>CHAP_I and CHAP_C of the target, after <see cref="Challenge"/>.</summary>
    public byte Identifier { get; private set; }

    public byte[] Challenged { get; private set; } = [];

    public static ChapCredential Credential(string name, string secret) => new(name, ChapSecret.FromText(secret));

    /// <summary>A source that counts up from a seed.</summary>
    public static RandomSource Fill(byte seed) => destination =>
    {
        for (int at = 0; at < destination.Length; at++)
        {
            destination[at] = seed++;
        }
    };

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The protocol names it.")]
    [SuppressMessage("Security", "CA5351:Do Not Use Broken Cryptographic Algorithms", Justification = "The protocol names it.")]
    public static byte[] Hash(int algorithm, byte identifier, string secret, byte[] challenge)
    {
        byte[] message = [identifier, .. System.Text.Encoding.UTF8.GetBytes(secret), .. challenge];
        return algorithm switch
        {
            5 => MD5.HashData(message),
            6 => SHA1.HashData(message),
            7 => SHA256.HashData(message),
            _ => SHA3_256.HashData(message),
        };
    }

    public LoginStep Send(string keys) => _login.Send(keys, Security, FullFeature);

    /// <summary>AuthMethod and CHAP_A; the target's answer.</summary>
    public LoginStep Challenge(string algorithms = "5")
    {
        _login.Send(Names + "AuthMethod=CHAP,None;", Security, FullFeature);
        LoginStep step = Send($"CHAP_A={algorithms};");
        if (step.Next == LoginNext.Continue)
        {
            Identifier = byte.Parse(Value(step, "CHAP_I")!, CultureInfo.InvariantCulture);
            Assert.True(BinaryValue.TryParse(Value(step, "CHAP_C")!, out byte[] challenge));
            Challenged = challenge;
        }

        return step;
    }

    /// <summary>CHAP_N and CHAP_R, and what else is given.</summary>
    public LoginStep Prove(string user = User, string secret = Secret, int algorithm = 5, string more = "", bool base64 = false)
    {
        byte[] response = Hash(algorithm, Identifier, secret, Challenged);
        return Send($"CHAP_N={user};CHAP_R={Encode(response, base64)};{more}");
    }

    public static string Encode(byte[] bytes, bool base64) => base64 ? "0b" + Convert.ToBase64String(bytes) : BinaryValue.ToHex(bytes);

    public static ChapOptions WithPolicy(ChapPolicy policy) => OneWay with { Policy = policy };

    public static ChapOptions With(params ImmutableArray<ChapAccount> accounts) => OneWay with { Accounts = accounts };
}
