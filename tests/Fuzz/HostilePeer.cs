using System.Net.Sockets;
using Blockwire.Testing.Raw;

namespace Blockwire.Fuzz.Tests;

/// <summary>One connection of a hostile peer: some valid PDUs, then spoilt ones, then an end of some kind. Everything follows from its seed.</summary>
public sealed class HostilePeer(FuzzServer server, int seed)
{
    // Generous, because the machine may be busy; a server that hangs does so for good.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Random _random = new(seed);
    private readonly List<string> _history = [];

    /// <summary>Spoilt PDUs sent.</summary>
    public List<Mutation> Sent { get; } = [];

    /// <summary>Runs until the connection is over.</summary>
    /// <param name="most">Spoilt PDUs at most.</param>
    /// <exception cref="InvalidOperationException">The server hung or answered with something that is no PDU; holds seed and PDUs.</exception>
    public async Task RunAsync(int most)
    {
        try
        {
            if (_random.Next(4) == 0)
            {
                await SpoilLoginAsync();
            }
            else
            {
                await SpoilSessionAsync(most);
            }
        }
        catch (SocketException)
        {
            // The server closed or reset the connection, as it may.
        }
        catch (Exception wrong) when (wrong is TimeoutException or InvalidDataException)
        {
            throw new InvalidOperationException(
                $"connection seed {seed}: {wrong.Message}\nsent:\n  {string.Join("\n  ", _history)}", wrong);
        }
    }

    private async Task SpoilLoginAsync()
    {
        using RawConnection connection = await ServedAsync(RawConnection.OpenAsync(server.Portal));
        Mutator mutator = new(_random);
        string[] keys = [.. new RawLogin(_random.Next(4) == 0 ? null : server.TargetName).Keys];
        ulong isid = NewIsid();

        // Security stage, operational stage in two parts, then on to the full feature phase.
        RawFrame[] script =
        [
            RawFrames.Login(isid, 0, 1, 0, 0x81, [.. keys[..2], "AuthMethod=None"]),
            RawFrames.Login(isid, 0, 1, 0, 0x44, keys[2..5]),
            RawFrames.Login(isid, 0, 1, 0, 0x87, keys[5..]),
        ];
        int spoiltStep = _random.Next(script.Length);
        for (int step = 0; step < spoiltStep; step++)
        {
            await connection.SendAsync(script[step]);
            _history.Add(script[step].ToString());
            if (Check(await connection.ReceiveAsync(Patience)) is null)
            {
                return;
            }
        }

        Mutation kind = mutator.NextKind();
        await SendSpoiltAsync(connection, mutator.Spoil(kind, script[spoiltStep], Valid(1), digests: false));
        await EndAsync(connection);
    }

    private async Task SpoilSessionAsync(int most)
    {
        bool digests = _random.Next(4) == 0;
        using RawInitiator initiator = await ServedAsync(server.LogInAsync(NewIsid(), digests ? "CRC32C" : "None", _random.Next(3)));
        Mutator mutator = new(_random);
        for (int sent = _random.Next(1, most + 1); sent > 0; sent--)
        {
            RawFrame valid = initiator.Number(Valid(initiator.NewTag()));
            RawFrame misplaced = initiator.Number(Misplaced(initiator.NewTag()));
            Spoilt spoilt = mutator.Spoil(mutator.NextKind(), valid, misplaced, digests);
            await SendSpoiltAsync(initiator.Connection, spoilt);
            if (!spoilt.KeepsFraming)
            {
                break;
            }

            if (!await AnswersOrClosesAsync(initiator))
            {
                return;
            }
        }

        await EndAsync(initiator.Connection);
    }

    /// <summary>False when the server closed the connection.</summary>
    private async Task<bool> AnswersOrClosesAsync(RawInitiator initiator)
    {
        const uint pingTag = 0x50494E47;
        RawFrame ping = RawFrames.NopOut(pingTag);
        await initiator.SendAsync(ping);
        while (Check(await initiator.ReceiveAsync(Patience)) is { } pdu)
        {
            initiator.CmdSn = pdu[28];
            if (pdu.Opcode == RawOpcode.NopIn && pdu.InitiatorTaskTag == pingTag)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is valid must work, however many bad peers went before.</summary>
    private static async Task<T> ServedAsync<T>(Task<T> valid)
    {
        try
        {
            return await valid;
        }
        catch (SocketException refused)
        {
            throw new InvalidDataException($"the server does not serve any more: {refused.Message}", refused);
        }
    }

    private static RawFrame? Check(RawFrame? pdu) =>
        pdu is null || (RawOpcode.IsFromTarget(pdu.Opcode) && pdu.DataSegmentLength <= 262144 && pdu.TotalAhsLength == 0)
            ? pdu
            : throw new InvalidDataException($"not a PDU of a target: {pdu}");

    private async Task SendSpoiltAsync(RawConnection connection, Spoilt spoilt)
    {
        Sent.Add(spoilt.Kind);
        _history.Add($"{spoilt.Kind} {Convert.ToHexString(spoilt.Bytes.AsSpan(0, Math.Min(spoilt.Bytes.Length, 160)))} ({spoilt.Bytes.Length} bytes)");
        await connection.SendBytesAsync(spoilt.Bytes, Patience);
    }

    private async Task EndAsync(RawConnection connection)
    {
        if (_random.Next(3) == 0)
        {
            connection.Reset();
            return;
        }

        // After our FIN nothing can complete, so the server has no reason to hold the connection.
        connection.CloseSending();
        await connection.DrainAsync(Patience);
    }

    private ulong NewIsid() => 0x80_0000_000000UL + (ulong)_random.Next(0xFFFFFF);

    private RawFrame Valid(uint tag)
    {
        int lun = server.HostileLun;
        uint lba = (uint)_random.Next((FuzzServer.LengthBytes / 512) - 200);
        ushort blocks = (ushort)_random.Next(1, 128);
        return _random.Next(12) switch
        {
            0 => RawFrames.NopOut(tag, new byte[_random.Next(64)]),
            1 or 2 => RawFrames.ScsiCommand(lun, tag, blocks * 512u, 0, RawFrames.Cdb10(0x28, lba, blocks)),
            3 => RawFrames.ScsiCommand(lun, tag, 0, 512, RawFrames.Cdb10(0x2A, lba, 1), new byte[512]),
            4 => RawFrames.ScsiCommand(lun, tag, 0, blocks * 512u, RawFrames.Cdb10(0x2A, lba, blocks)),
            5 => RawFrames.ScsiCommand(lun, tag, 255, 0, [0x12, 0, 0, 0, 255, 0]),
            6 => RawFrames.TaskManagement((byte)_random.Next(1, 9), lun, tag, tag - 1, 1),
            7 => RawFrames.TextRequest(tag, RawFrames.ReservedTag, true, "SendTargets="),
            10 or 11 => RawFrames.Snack(
                (byte)_random.Next(5), _random.Next(3) == 0 ? RawFrames.ReservedTag : tag - (uint)_random.Next(1, 4), _random.Next(2) == 0 ? RawFrames.ReservedTag : (uint)_random.Next(20),
                (uint)_random.Next(-1, 5), (uint)_random.Next(-1, 5)),
            8 => RawFrames.DataOut(lun, tag - 1, RawFrames.ReservedTag, 0, 0, true, new byte[512]),
            _ => RawFrames.Logout((byte)_random.Next(3), tag, 0),
        };
    }

    /// <summary>Legal in itself, but not in the full feature phase, or without what must go before it.</summary>
    private RawFrame Misplaced(uint tag) => _random.Next(6) switch
    {
        0 => new RawLogin(server.TargetName) { Isid = NewIsid() }.ToPdu(tag),
        1 => RawFrames.DataOut(server.HostileLun, tag, 0x1234, 0, 0, true, new byte[1024]),
        2 => RawFrames.Snack((byte)_random.Next(4), tag, RawFrames.ReservedTag, 0, 0),
        3 => RawFrames.TextRequest(tag, 0x77, false, "SendTargets=All"),
        4 => RawFrames.TaskManagement(8, server.HostileLun, tag, 0x99, 0),
        _ => RawFrames.NopOut(RawFrames.ReservedTag, 1, 2, 3),
    };
}
