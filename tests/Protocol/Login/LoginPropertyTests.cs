using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Login;
using Blockwire.Testing;
using Blockwire.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>
/// Goal: whatever bytes come, the login answers legally or closes, and never throws. Method: byte soup, key soup and random headers; the
/// dialogue holds each answer against the rules.
/// </summary>
public class LoginPropertyTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(400);

    [Fact]
    [Rule("7143/6.2")]
    public void ByteSoup() => Prop.ForAll<byte[], byte[]>(static (first, second) =>
    {
        LoginDialogue dialogue = new();
        LoginStep step = dialogue.SendBytes(first, LoginDialogue.Operational, LoginDialogue.FullFeature);
        if (step.Next == LoginNext.Continue)
        {
            dialogue.SendBytes(second, LoginDialogue.Operational, LoginDialogue.FullFeature);
        }

        Assert.Equal(step.Next == LoginNext.FullFeature ? 1 : 0, dialogue.Directory.Admitted.Count);
    }).Check(Many);

    [Fact]
    [Rule("7143/6.2")]
    public void KeySoup_WithLegalNames() => Prop.ForAll(Soup().ToArbitrary(), static text =>
    {
        LoginDialogue dialogue = new();
        LoginStep step = dialogue.Send(LoginDialogue.Names + text, LoginDialogue.Operational, LoginDialogue.FullFeature);
        if (step.Outcome is { } outcome)
        {
            Assert.True(!outcome.SessionParameters.AllowsUnsolicitedData
                || outcome.SessionParameters.FirstBurstLength <= outcome.SessionParameters.MaxBurstLength, "13.14");
            Assert.InRange(outcome.ConnectionParameters.PeerMaxRecvDataSegmentLength, 512, 16777215);
        }
    }).Check(Many);

    [Fact]
    [Rule("7143/6.3")]
    public void AnyHeaders_AnyCuts() => Prop.ForAll(Gen.ListOf(Step()).ToArbitrary(), static steps =>
    {
        LoginDialogue dialogue = new();
        foreach ((byte flags, string text) in steps)
        {
            LoginRequest request = dialogue.Header with
            {
                Transit = (flags & 0x80) != 0,
                Continue = (flags & 0x40) != 0,
                CurrentStage = (LoginStage)((flags >> 2) & 3),
                NextStage = (flags & 0x80) != 0 ? (LoginStage)(flags & 3) : default,
            };
            if (dialogue.SendRaw(request, LoginDialogue.Bytes(text)).Next != LoginNext.Continue)
            {
                break;
            }
        }
    }).Check(Many);

    private static Gen<(byte Flags, string Text)> Step() =>
        from flags in Gen.Elements<byte>(0x00, 0x04, 0x40, 0x44, 0x81, 0x83, 0x87, 0xC7, 0x85, 0x0C)
        from text in Gen.OneOf(Gen.Constant(""), Gen.Constant(LoginDialogue.Names), Soup())
        select (flags, text);

    private static Gen<string> Soup() =>
        from pairs in Gen.ListOf(Pair())
        select string.Concat(pairs);

    private static Gen<string> Pair() =>
        from key in Gen.OneOf(Gen.Elements(KeyTable.Rows.Select(static row => row.Name).ToArray()), Gen.Elements("X-a", "Zz", "", "bad key"))
        from value in Gen.OneOf(
            Gen.Elements("Yes", "No", "None", "CRC32C,None", "0", "1", "512", "0x200", "16777215", "99999999999999999999", "-1", "Reject", "", "a,b", "=", "é"),
            Gen.Choose(0, 20_000_000).Select(static n => $"{n}"))
        select $"{key}={value};";
}
