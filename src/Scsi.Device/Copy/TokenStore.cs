using System.Buffers.Binary;
using System.Security.Cryptography;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Copy;

/// <summary>
/// The tokens of a target, whichever nexus and logical unit they came from. Bounded by <see cref="CopyBounds"/>. A unit whose blocks tokens stand for is watched: a change of them
/// revokes the tokens before it begins. Safe for calls from many threads.
/// </summary>
internal sealed class TokenStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, RodToken> _valid = [];
    private readonly Queue<(ulong Identifier, TokenEnd End)> _former = new();
    private readonly HashSet<LogicalUnit> _watched = [];

    /// <summary>Keeps a token; false when there are too many. The caller holds the blocks that it stands for.</summary>
    public bool TryAdd(RodToken token, TimeProvider time)
    {
        lock (_gate)
        {
            DropStale(time);
            token.Touch(time);
            if (_valid.Count >= CopyBounds.Tokens || !_valid.TryAdd(token.Identifier, token))
            {
                return false;
            }

            if (_watched.Add(token.Source))
            {
                LogicalUnit unit = token.Source;
                unit.Device.Watch((lba, blockCount) => OnChanging(unit, lba, blockCount, time));
            }

            return true;
        }
    }

    /// <summary>The token that an initiator shows; else why it is none.</summary>
    public SenseData? Find(ReadOnlySpan<byte> shown, TimeProvider time, out RodToken? token)
    {
        token = null;
        uint type = BinaryPrimitives.ReadUInt32BigEndian(shown);
        if (type != RodToken.ChangeVulnerable)
        {
            return Sense.InvalidToken(UnsupportedType);
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(shown[6..]) != RodToken.RestLength)
        {
            return Sense.InvalidToken(InvalidLength);
        }

        ulong identifier = BinaryPrimitives.ReadUInt64BigEndian(shown[8..]);
        lock (_gate)
        {
            DropStale(time);
            if (!_valid.TryGetValue(identifier, out RodToken? found))
            {
                TokenEnd end = _former.LastOrDefault(it => it.Identifier == identifier).End;
                return Sense.InvalidToken(end == TokenEnd.None ? Unknown : (byte)end);
            }

            if (!CryptographicOperations.FixedTimeEquals(shown, found.Bytes))
            {
                return Sense.InvalidToken(Corrupt);
            }

            found.Touch(time);
            token = found;
            return null;
        }
    }

    /// <summary>All valid tokens, by identifier.</summary>
    public IReadOnlyList<RodToken> All(TimeProvider time)
    {
        lock (_gate)
        {
            DropStale(time);
            return [.. _valid.Values.OrderBy(static it => it.Identifier)];
        }
    }

    /// <summary>WRITE USING TOKEN had a token deleted.</summary>
    public void Delete(RodToken token)
    {
        lock (_gate)
        {
            Drop(token, TokenEnd.Deleted);
        }
    }

    /// <summary>A logical unit has gone, and its tokens with it.</summary>
    public void Forget(LogicalUnit unit)
    {
        lock (_gate)
        {
            foreach (RodToken token in _valid.Values.Where(it => ReferenceEquals(it.Source, unit)).ToArray())
            {
                Drop(token, TokenEnd.Revoked);
            }
        }
    }

    /// <summary>Power on: no token is known any more.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (RodToken token in _valid.Values.ToArray())
            {
                Drop(token, TokenEnd.Revoked);
            }

            _former.Clear();
        }
    }

    private const byte UnsupportedType = 0x01;
    private const byte Unknown = 0x04;
    private const byte Corrupt = 0x05;
    private const byte InvalidLength = 0x0A;

    private void OnChanging(LogicalUnit unit, ulong lba, ulong blockCount, TimeProvider time)
    {
        lock (_gate)
        {
            DropStale(time);
            foreach (RodToken token in _valid.Values.Where(it => ReferenceEquals(it.Source, unit) && it.Touches(lba, blockCount)).ToArray())
            {
                Drop(token, TokenEnd.Revoked);
            }
        }
    }

    private void DropStale(TimeProvider time)
    {
        foreach (RodToken token in _valid.Values.Where(it => it.IsStale(time)).ToArray())
        {
            Drop(token, TokenEnd.Expired);
        }
    }

    private void Drop(RodToken token, TokenEnd end)
    {
        token.Finish(end);
        if (!_valid.Remove(token.Identifier))
        {
            return;
        }

        _former.Enqueue((token.Identifier, end));
        if (_former.Count > CopyBounds.FormerTokens)
        {
            _former.Dequeue();
        }

        if (_valid.Values.All(it => !ReferenceEquals(it.Source, token.Source)) && _watched.Remove(token.Source))
        {
            token.Source.Device.Unwatch();
        }
    }
}
