using System.Security.Cryptography;
using System.Text;
using Blockwire.Protocol.Authentication;
using Blockwire.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Authentication;

/// <summary>
/// Goal: the four hashes are the ones they are called. Method: the published answers of RFC 1321 §A.5, FIPS 180-4 and FIPS 202, cut so that the first
/// byte is the identifier; our own SHA3-256 against answers at every edge of its block, and against the platform's where it has one.
/// </summary>
public class ChapHashTests
{
    [Theory]
    [InlineData(ChapAlgorithm.Md5, "abc", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData(ChapAlgorithm.Md5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0")]
    [InlineData(ChapAlgorithm.Md5, "12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a")]
    [InlineData(ChapAlgorithm.Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData(ChapAlgorithm.Sha1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1")]
    [InlineData(ChapAlgorithm.Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(ChapAlgorithm.Sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    [InlineData(ChapAlgorithm.Sha3With256, "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532")]
    [InlineData(ChapAlgorithm.Sha3With256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "41c0dba2a9d6240849100376a8235e2c82e1b9998a999e21db32dd97496d3376")]
    [Rule("1994/4.1")]
    public void PublishedAnswers(ChapAlgorithm algorithm, string message, string answer)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(message);
        for (int cut = 1; cut <= bytes.Length; cut++)
        {
            byte[] response = ChapHash.Respond(algorithm, bytes[0], bytes.AsSpan(1, cut - 1), bytes.AsSpan(cut));
            Assert.Equal(answer, Convert.ToHexStringLower(response));
            Assert.Equal(ChapHash.ResponseLength(algorithm), response.Length);
        }
    }

    /// <summary>Answers from another implementation, at and around the ends of its blocks of 136 bytes.</summary>
    [Theory]
    [InlineData(1, "5d53469f20fef4f8eab52b88044ede69c77a6a68a60728609fc4a65ff531e7d0")]
    [InlineData(2, "cfe6110357ec0b3b67885eda232d336f170bf574768244e4b3e8df736a4784f3")]
    [InlineData(134, "10ca2b56a0687ad0176cd09c805be3083d4aa32d2b97fda09f4ec4443f6395e5")]
    [InlineData(135, "723355e02c111b19921ecbd0b5c2efb77e246cd392b1829ccf96da8bbbd83dbd")]
    [InlineData(136, "51288d7e1a070f90c6003edda6a2ceeadf0d9847b04b55ff768eeb61d3a798af")]
    [InlineData(137, "b3ad09aacb053a96d31b0fd700ed8dcae5d5a72db56a9480e60270dfe8e4eb93")]
    [InlineData(271, "608438144b003aa66275f5049bfd19618327c6826ee47d38e55e46eab2a50cc9")]
    [InlineData(272, "dd8c8fbe90698afb8a5b930ad52d1b5709fcedcc03755228f5ed4fed94e802e5")]
    [InlineData(273, "efd2d0d3d9789be99454832b2ceadc1f6fb857c9265fd7ec48e5eb5a1e31735a")]
    [InlineData(407, "5e5039800223a6d268d25e6a3141a9a841e0740150c4f8147d7a72345e3ff20f")]
    [InlineData(408, "5acbce00d2f656e210cc11890e914dfaf0c2f78a74b54c900864fc2bfc44336c")]
    [InlineData(409, "4f817c4444033f50849c5d4dcb5454a140bcb13b5d5582d6f31ac804bee6856a")]
    [InlineData(1000, "f24d8e746c04e894d31626c6342a32f5876b3d3ba16c6a16280090724ab324d6")]
    [InlineData(3000, "11132921f096b43bbd811658fbd7ebb94e9a54e46261750f7fb5590a95e72d68")]
    public void Sha3_AtTheEdgesOfItsBlocks(int length, string answer)
    {
        byte[] message = Message(length);
        Assert.Equal(answer, Convert.ToHexStringLower(ChapHash.Respond(ChapAlgorithm.Sha3With256, message[0], default, message.AsSpan(1))));
    }

    [Fact]
    public void Sha3_MatchesThePlatform()
    {
        Assert.SkipUnless(SHA3_256.IsSupported, "this platform has no SHA3-256");
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            static (byte[] bytes) => ChapHash.Respond(ChapAlgorithm.Sha3With256, 7, bytes, bytes).AsSpan().SequenceEqual(SHA3_256.HashData([7, .. bytes, .. bytes])))
            .QuickCheckThrowOnFailure();
        for (int length = 1; length <= 700; length++)
        {
            byte[] message = Message(length);
            Assert.Equal(SHA3_256.HashData(message), ChapHash.Respond(ChapAlgorithm.Sha3With256, message[0], default, message.AsSpan(1)));
        }
    }

    [Fact]
    [Rule("7143/12.1.3")]
    public void NumbersAreThoseOfIana() =>
        Assert.Equal([5, 6, 7, 8], Enum.GetValues<ChapAlgorithm>().Select(static it => (int)it));

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(255)]
    public void WhatIsNoAlgorithm_IsNotThere(int number) => Assert.False(ChapHash.IsAvailable((ChapAlgorithm)number));

    private static byte[] Message(int length) => [.. Enumerable.Range(0, length).Select(static at => (byte)(at * 31))];
}
