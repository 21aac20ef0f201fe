using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Login;

/// <summary>
/// Goal: whatever a target sends, a login ends, soon and without an exception, and what it agrees on is legal. Method: answers that are right in part, with
/// random keys, values, flags, cuts and fields, by seed.
/// </summary>
public class HostileTargetTests
{
    private static readonly string[] Keys = [.. KeyTable.Rows.Select(static row => row.Name), "X-a", "Zz", "", "bad key", "iSCSIProtocolLevel"];

    private static readonly string[] Values =
    [
        "Yes", "No", "None", "CRC32C", "CRC32C,None", "0", "1", "512", "0x200", "16777215", "99999999999999999999", "-1", "Reject", "Irrelevant", "NotUnderstood", "", "a,b", "=",
        "é", "CHAP", "5", "8", "0x00", "0b", "iqn.2026-11.a:b", "192.0.2.1:3260,1", new('a', 300),
    ];

    [Fact]
    [Rule("7143/6.2")]
    public void A_login_always_ends()
    {
        int let = 0;
        for (int seed = 0; seed < 20_000; seed++)
        {
            Random random = new(seed);
            let += Run(random, seed) ? 1 : 0;
        }

        Assert.InRange(let, 200, 19_000);
    }

    private static bool Run(Random random, int seed)
    {
        LoginPlan plan = InitiatorDialogue.Plan() with
        {
            Credentials = random.Next(2) == 0 ? null : new()
            {
                Own = new("alice", ChapSecret.FromText("a secret of sixteen")),
                Target = random.Next(2) == 0 ? null : new("storage", ChapSecret.FromText("another secret of it")),
            },
        };
        InitiatorLogin login = new(plan, InitiatorDialogue.Counting());
        InitiatorLoginStep step = login.Start();
        Serial32 statSN = new((uint)random.Next());
        int rounds = 0;
        bool calm = random.Next(3) == 0;
        while (step.Next == InitiatorLoginNext.Send)
        {
            Assert.True(++rounds <= LoginLimits.Default.MaxRequests, $"seed {seed} does not end");
            LoginRequest request = step.Request;
            LoginResponse response = Response(random, request, calm);
            step = login.OnResponse(response, new(statSN++, default, default), Text(random, request, response, step.Data, calm));
        }

        if (step.Outcome is not { } outcome)
        {
            Assert.False(string.IsNullOrWhiteSpace(step.Failure!.Why), $"seed {seed}");
            return false;
        }

        SessionParameters session = outcome.SessionParameters;
        Assert.True(!session.AllowsUnsolicitedData || session.FirstBurstLength <= session.MaxBurstLength, $"seed {seed}");
        Assert.InRange(session.MaxBurstLength, 512, plan.Offers.MaxBurstLength);
        Assert.InRange(outcome.ConnectionParameters.PeerMaxRecvDataSegmentLength, 512, 16777215);
        Assert.NotEqual(0, outcome.Tsih);
        Assert.True(plan.Credentials?.Target is null, $"seed {seed}: a target without the secret was let in");
        return true;
    }

    private static LoginResponse Response(Random random, in LoginRequest request, bool calm)
    {
        bool transit = request.Transit && random.Next(4) != 0;
        bool more = !transit && random.Next(6) == 0;
        LoginResponse response = new(
            transit, more, request.CurrentStage, transit ? request.NextStage : default, 0, 0, request.Isid, transit ? (ushort)7 : (ushort)0, request.InitiatorTaskTag, LoginStatus.Success);
        return calm || random.Next(8) != 0 ? response : random.Next(6) switch
        {
            0 => response with { Transit = !transit, NextStage = (LoginStage)random.Next(4) },
            1 => response with { Continue = !more },
            2 => response with { CurrentStage = (LoginStage)random.Next(4) },
            3 => response with { Status = (LoginStatus)random.Next(0x400) },
            4 => response with { Tsih = (ushort)random.Next(3) },
            _ => response with { VersionMax = (byte)random.Next(2), VersionActive = (byte)random.Next(2) },
        };
    }

    // The right answers of a plain target, now and then spoilt.
    private static byte[] Text(Random random, in LoginRequest request, in LoginResponse response, ReadOnlyMemory<byte> asked, bool calm)
    {
        string text = InitiatorDialogue.LoginText(asked);
        string answer = text.Contains("AuthMethod", StringComparison.Ordinal) ? InitiatorDialogue.Tag + (random.Next(2) == 0 ? "AuthMethod=CHAP;" : "AuthMethod=None;")
            : text.Contains("CHAP_A", StringComparison.Ordinal) ? "CHAP_A=5;CHAP_I=1;CHAP_C=0x0123;"
            : text.Contains("CHAP_R", StringComparison.Ordinal) ? (random.Next(2) == 0 ? "" : "CHAP_N=storage;CHAP_R=0x00112233445566778899aabbccddeeff;")
            : text.Contains("HeaderDigest", StringComparison.Ordinal) ? InitiatorDialogue.Answers
            : "";
        if (request.Continue || random.Next(calm ? 40 : 2) != 0)
        {
            return LoginDialogue.Bytes(answer);
        }

        for (int extra = random.Next(1, 4); extra > 0; extra--)
        {
            answer += $"{Keys[random.Next(Keys.Length)]}={Values[random.Next(Values.Length)]};";
        }

        byte[] bytes = LoginDialogue.Bytes(response.Continue ? answer[..random.Next(answer.Length)] : answer);
        if (bytes.Length > 0 && random.Next(4) == 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }
}
